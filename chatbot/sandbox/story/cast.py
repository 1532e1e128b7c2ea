"""Who lands changes in the story. Their logins are those that the story's configuration maps to Slack users."""

from chatbot.ci import Author

ALICE = Author(name="Alice Moreau", login="amoreau", email="alice@example.org")
BOB = Author(name="Bob Tanaka", login="btanaka", email="bob@example.org")
CAROL = Author(name="Carol Osei", login="cosei", email="carol@example.org")
DAN = Author(name="Dan Lindqvist", login="dlindqvist", email="dan@example.org")
ERIN = Author(name="Erin Kowalski", login="ekowalski", email="erin@example.org")
FRANK = Author(name="Frank Adeyemi", login="fadeyemi", email="frank@example.org")
GRACE = Author(name="Grace Villanueva", login="gvillanueva", email="grace@example.org")
HIRO = Author(name="Hiro Nakamura-Bell", login="hnbell", email="hiro@example.org")
INES = Author(name="Inês Carvalho", login="icarvalho", email="ines@example.org")
MERGEBOT = Author(name="trunk-mergebot", login="trunk-mergebot", email=None)
