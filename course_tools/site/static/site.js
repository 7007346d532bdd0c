import { mountAll } from "./widgets/page.js";
mountAll();
