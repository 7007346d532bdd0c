"""One browser, one server and one JupyterLab for all explorables."""

import harness
import pytest


def pytest_generate_tests(metafunc):
    """Tests that take `attempt` run once for each explorable of the package."""
    if "attempt" in metafunc.fixturenames:
        names = harness.names()
        metafunc.parametrize(
            "attempt", names, ids=names, indirect=True, scope="session"
        )


@pytest.fixture(scope="session")
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
