from app.foundation.web.context import NavEntry, add_context, register_nav
from app.foundation.web.flashes import Flash
from app.foundation.web.forms import Form
from app.foundation.web.policies import Policy, ProveFirst, SetUpFirst, SignInFirst, set_judge
from app.foundation.web.render import done, local_path, show

__all__ = [
    "Flash",
    "Form",
    "NavEntry",
    "Policy",
    "ProveFirst",
    "SetUpFirst",
    "SignInFirst",
    "add_context",
    "done",
    "local_path",
    "register_nav",
    "set_judge",
    "show",
]
