"""One browser, one server and one JupyterLab for all explorables."""

import harness
import pytest


def pytest_generate_tests(metafunc):
    """Tests that take `attempt` run once for each explorable of the package.

    By module: pytest would otherwise go through all modules with the first, then
    through all with the second, and start JupyterLab for each.
    """
    if "attempt" in metafunc.fixturenames:
        names = harness.names()
        metafunc.parametrize("attempt", names, ids=names, indirect=True, scope="module")


@pytest.fixture(scope="module")
def attempt(request):
    """What test_NAME.py says is to be tried with the explorable NAME."""
    return harness.try_of(request.param)


@pytest.fixture(scope="session")
def browser():
    pytest.importorskip("playwright", reason="playwright is not installed")
    from browser import Browser, chromium

    chromium()
    browser = Browser()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def site():
    site = harness.Site()
    yield site
    site.close()
