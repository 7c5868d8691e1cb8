"""The database stops and comes back; the viewer reads a sentence and may try again."""

from playwright.sync_api import expect

from tests.browser.people import FINANCE
from tests.browser.visitor import PATIENCE_MS, SignedIn
from tests.support.portal import Portal

SENTENCE = "The billing database does not answer at the moment. Your figures are safe."


def test_a_stopped_database_is_said_in_a_sentence_and_its_return_is_noticed(
    portal: Portal, signed_in: SignedIn
) -> None:
    visitor = signed_in(FINANCE)
    visitor.open("/")
    with portal.database_down():
        visitor.page.get_by_role("link", name="Agreement").first.click()
        expect(visitor.page.get_by_text(SENTENCE)).to_be_visible(timeout=PATIENCE_MS)
        assert "Traceback" not in visitor.text()
        assert "psycopg2" not in visitor.text()
    # A stream that begins meanwhile is told to come back, which the browser calls an error.
    visitor.complaints[:] = [each for each in visitor.complaints if "status of 503" not in each]
    visitor.page.get_by_role("button", name="Try again").click()
    expect(visitor.heading("Agreement").first).to_be_visible(timeout=PATIENCE_MS)
