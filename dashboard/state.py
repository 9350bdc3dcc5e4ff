"""Session keys, each spelt once; what must outlive a session lives in run directories, never here."""

import streamlit as st

RUN = "run.id"
RUN_OWN = "run.own"  # a viewer chose it, instead of following the teacher
RUN_SEEN = "run.seen"  # what the last whole rerun was drawn for
NOTICE = "run.notice"
RUNGS = "page.rungs"  # useful values of the number fields, by their keys
TEACHER = "role.teacher"  # the token was shown; never a widget's key
STEP = "time.step"  # None: live
PLACED = "time.placed"  # how often the page itself chose the step
TIMELINE = "time.line"
FRAGMENTS = "page.fragments"
LIVE = "page.live"
NUMBERS = "page.numbers"
MAP = "view.map"
MAP_TABLE = "map.table"
COLOUR = "view.colour"
LABEL = "view.label"
TRAIL = "view.trail"
METRIC = "train.metric"
PANEL = "train.panel"
ITEM = "anchor.item"  # id of the anchor among the watched items
ROW = "anchor.row"  # row of the anchor in the batch
SOURCE = "anchor.source"
ROLE = "anchor.role"
CONCERNED = "anchor.concerned"  # anchors that a finding of the health panel is about
TABLE = "anchor.table"
FORCES = "anchor.forces_on_map"
WHAT_IF = "anchor.what_if"  # labels that items are to have instead of their own, and of which run

# the set-up form; its fields: setting()
SETUP_FOR = "setup/for"  # the preset that its fields were set for
SETUP_LOSS = "setup/loss"  # the loss that its fields of the loss were set for
SETUP_LEFT = "setup/left"  # what was changed under the preset before: its name, {path: value}

# the Data page
DATA_SOURCE = "data.source"
DATA_PATH = "data.path"
DATA_VIEW = "data.view"
DATA_SEARCH = "data.search"
DATA_LABELS = "data.labels"
DATA_SPLIT = "data.split"
DATA_PAGE = "data.page"
DATA_SAMPLER_SIZE = "data.sampler.size"
DATA_SAMPLER_RULE = "data.sampler.rule"
DATA_SAMPLER_LEAST = "data.sampler.least"
DATA_ERROR = "data.error"
DATA_NEXT = "data.next"  # what is to be chosen when the page runs again

# the Learn page
LESSON = "learn.lesson"
CARD = "learn.card"
PRESENT = "learn.present"
BEFORE = "learn.before"  # what was looked at before the lesson: run, step, anchor, settings
ASIDE = "learn.aside"  # the same of a lesson that is open while another page is looked at
LESSON_PLACE = "learn.place"  # the run and the step that the card has set
LESSON_SHOWN = "learn.shown"  # the settings with which the card was first drawn

# the dialog "Bring your own data"
UPLOAD_ROUND = "upload.round"  # how often it was opened: each time its widgets begin anew
UPLOAD_FILE = "upload.file"  # the file in hand
UPLOAD_SEEN = "upload.seen"  # what its first rows say
UPLOAD_READ = "upload.read"  # all of it, read as its columns are taken now
UPLOAD_KEPT = "upload.kept"  # the name under which it was kept
UPLOAD_ERROR = "upload.error"

# the Relations page
RELATIONS_BATCH = "relations.batch"  # the HandBatch under edit
RELATIONS_MADE_FROM = "relations.made_from"  # the choices it was made from
RELATIONS_EDIT = "relations.edit"  # number of the last edit in it
RELATIONS_MADE = "relations.made"  # how many batches this session made
RELATIONS_SEED = "relations.seed"  # of the random batch, or of which watched items
RELATIONS_DRAW = "relations.draw"  # seed of the made-up embeddings
RELATIONS_COMPONENT = "relations.matrices"
RELATIONS_SOURCE = "relations.source"
RELATIONS_EXAMPLE = "relations.example"
RELATIONS_ITEMS = "relations.items"
RELATIONS_READINESS = "relations.readiness"
RELATIONS_RULE = {"A": "relations.rule_a", "B": "relations.rule_b"}
RELATIONS_PLACEMENT = "relations.placement"
RELATIONS_NORMALISE = "relations.normalise"
RELATIONS_TEMPERATURE = "relations.temperature"


def setting(path: str) -> str:
    """Key of the set-up widget of one configuration path."""
    return f"setup.{path}"


def get(key: str, default: object = None) -> object:
    """Value of a key; ``default`` where it is missing or None."""
    value = st.session_state.get(key)
    return default if value is None else value
