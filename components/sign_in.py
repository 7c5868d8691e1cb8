"""The sign-in form, and the two ways from here to the session's routes.

streamlit-authenticator draws the form; everything behind it is ours: no cookie of its own,
no waiting, no credentials in memory.
"""

from collections.abc import Callable
from typing import Final

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel

from components import actions, state
from components.viewer import Role, browser_hash, network_address, settings

#: The one sentence for every failure.
REFUSAL: Final = (
    "The e-mail address or the password is wrong, or there were too many attempts. "
    "After five, wait 15 minutes."
)

#: What everybody in the demo signs in with: published, it opens invented figures only.
DEMO_PASSWORD: Final = "see-where-it-goes"  # noqa: S105 - published on purpose

_FIELDS: Final = {
    "Form name": "Sign in",
    "Username": "E-mail address",
    "Password": "Password",
    "Login": "Sign in",
}
#: What the library leaves in the visit; it is read by nobody here.
_LEFT_BEHIND: Final = ("name", "authentication_status", "username", "email", "roles", "logout")

# A form that the browser posts, so that neither ticket nor answer stands in an address.
_POST: Final = """
const posted = new Set()
export default function ({ data }) {
  if (posted.has(data.once)) return
  posted.add(data.once)
  const form = document.createElement("form")
  form.method = "post"
  form.action = data.action
  const fields = { ...data.fields, next: window.location.pathname + window.location.search }
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input")
    input.type = "hidden"
    input.name = name
    input.value = value
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}
"""
_post = st.components.v2.component("meterglass_post", js=_POST)

Check = Callable[[str, str], str | None]


class _OurStore(AuthenticationModel):  # type: ignore[misc]  # published without types
    """The library's model over our own store: nobody is known before he signs in."""

    def __init__(self, check: Check) -> None:
        super().__init__({"usernames": {}}, auto_hash=False)
        self._check = check
        self.ticket: str | None = None

    def check_credentials(self, username: str, password: str) -> bool:
        self.ticket = self._check(username, password)
        if self.ticket:
            self.credentials["usernames"][username] = {"name": username}
        return self.ticket is not None


class _AsTyped(AuthenticationController):  # type: ignore[misc]  # published without types
    """The library's controller, without its cutting of blanks from passwords."""

    def __init__(self, model: _OurStore) -> None:
        self.authentication_model = model
        self.asked = False

    def login(self, username: str, password: str, *_: object, **__: object) -> bool | None:
        self.asked = True
        signed_in: bool | None = self.authentication_model.login(username.lower().strip(), password)
        return signed_in


class _NoCookie:
    """Stands where the library keeps a cookie of 30 days that scripts can read."""

    def get_cookie(self) -> None:
        """No cookie is ever read."""

    def set_cookie(self) -> None:
        """No cookie is ever set."""


class _Form(Authenticate):  # type: ignore[misc]  # published without types
    """The library's form over our store."""

    def __init__(self, check: Check) -> None:
        self.attrs = {"login_sleep_time": 0}
        self.path = None
        self.model = _OurStore(check)
        self.authentication_controller = _AsTyped(self.model)
        self.cookie_controller = _NoCookie()


def draw_sign_in_page() -> None:
    """Draw all that is shown to somebody who is not signed in."""
    with st.container(key="mg_sign_in"):
        with st.container(key="mg_issuer"):
            st.text(actions.issuer_name() or "Meterglass")
        st.text("Your consumption, and the invoice it makes.")
        draw_form()
        if settings().demo:
            _draw_demo()


def draw_form() -> None:
    """Draw the form; after the right password, send the browser to fetch its session."""
    for name in _LEFT_BEHIND:
        st.session_state.pop(name, None)
    form = _Form(_check)
    form.login(fields=_FIELDS, key="sign_in")
    if form.authentication_controller.asked:
        _go_on(form.model.ticket)


def post_sign_out(once: str) -> None:
    """Send the browser to drop its cookie."""
    _post(key="end", data={"action": "/session/end", "once": once, "fields": {}})


def _go_on(ticket: str | None) -> None:
    if ticket is None:
        st.error(REFUSAL)
        return
    fields = {"ticket": ticket}
    _post(key="start", data={"action": "/session/start", "once": ticket, "fields": fields})


def _draw_demo() -> None:
    """Offer the people of the demo: the same check, with the password that all of them have."""
    st.text(f"This is a demo with invented figures. Everybody’s password: {DEMO_PASSWORD}")
    for each in actions.demo_sign_ins():
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            with st.container(key=f"mg_demo_{each.email}", width="content"):
                st.text(f"{each.name} · {each.email}")
            st.space("stretch")
            label = f"As {Role(each.role).label}"
            if st.button(label, key=f"{state.DEMO_SIGN_IN}_{each.email}"):
                _go_on(_check(each.email, DEMO_PASSWORD))


def _check(email: str, password: str) -> str | None:
    browser = browser_hash()
    if browser is None:
        st.warning("This browser keeps no cookies, which signing in needs.")
        return None
    asked = actions.SignIn(
        email=email, password=password, browser_hash=browser, address=network_address()
    )
    return actions.sign_in(asked)
