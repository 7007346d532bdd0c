"""Sphinx's settings for the course's site; `build.py` prepares what it reads."""

project = "Neural networks, from pixels to CIFAR-10"
author = "the authors of the course"
html_title = "Neural networks"
extensions = ["myst_nb", "course_tools.site.extension"]
myst_heading_slug_func = "course_tools.site.extension.slug"
myst_heading_anchors = 4
myst_enable_extensions = ["dollarmath", "html_image"]
nb_execution_mode = "off"
nb_code_prompt_show = "Show {type}"
nb_code_prompt_hide = "Hide {type}"
nb_merge_streams = True
html_math_renderer = "katex"
html_theme = "sphinx_book_theme"
html_static_path = ["_static"]
html_css_files = ["katex/katex.min.css", "site.css"]
html_js_files = [("site.js", {"type": "module"})]
html_show_sourcelink = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "use_download_button": False,
    "use_fullscreen_button": False,
    "home_page_in_toc": True,
    "show_toc_level": 2,
}
html_context = {"default_mode": "auto"}
html_favicon = "_static/icon.svg"
