"""Session keys, each spelt once. Whatever must outlive a session is kept in run directories, never here."""

import streamlit as st

RUN = "run.id"
RUN_NAMED = "run.named"  # id and name of the run that was shown last
RUN_OWN = "run.own"  # chosen by a viewer instead of following the teacher
RUN_SEEN = "run.seen"  # the state of the run that the last whole rerun drew
NOTICE = "run.notice"
RUNGS = "page.rungs"  # useful values of the number fields, by their keys
TEACHER = "role.teacher"  # the token was shown; never a widget's key
OPENED = "page.opened"  # whether this session has opened its first page
PAGE = "page.name"  # the page in view, as in frame.PAGES
LINK_READ = "link.read"  # whether the link that this session was opened with is read
LINK_BEGUN = "link.begun"  # whether the whole page was drawn once
LINK_PROBLEMS = "link.problems"  # sentences about what a link or an address names and what is not there
STEP = "time.step"  # None: live
PLACED = "time.placed"  # counts the steps chosen by the page itself
TIMELINE = "time.line"
FRAGMENTS = "page.fragments"
LIVE = "page.live"
NUMBERS = "page.numbers"
SEARCH = "view.search"  # the text of the search field
MAP = "view.map"
MAP_TABLE = "map.table"
COLOUR = "view.colour"
LABEL = "view.label"
ON_MAP = "view.on_map"  # what the map shows besides its points, for all pages
SELECTION = "view.selection"  # {list of items: History}
SELECTION_PROBLEM = "view.selection_problem"  # why the last one was not kept or read
SELECTION_SEEN = "view.selection_seen"  # number of the last message about it from this browser
METRIC = "train.metric"
PANEL = "train.panel"
PROTOCOL = "train.protocol"
ITEM = "anchor.item"  # id of the anchor among the watched items
ROW = "anchor.row"  # row of the anchor in the batch
SOURCE = "anchor.source"
ROLE = "anchor.role"
CONCERNED = "anchor.concerned"  # anchors that a finding of the health panel is about
TABLE = "anchor.table"
FORCES = "anchor.forces_on_map"
WHAT_IF = "anchor.what_if"  # labels that replace items' own, and the run they belong to

COMPARE_WITH = "compare.with"  # id of the run that the current one is compared with; the same: another step of it
COMPARE_WITH_STEP = "compare.with_step"  # None: the step of the timeline
COMPARE_RULE = "compare.rule"  # name of the rule that the run's own is compared with; None: runs or steps are compared
COMPARE_FOR = "compare.for"  # the current run and the other one as they were drawn last
COMPARE_KIND = "compare.kind"
COMPARE_SPACE = "compare.space"
COMPARE_COLOUR = "compare.colour"
COMPARE_ONE_MAP = "compare.one_map"
COMPARE_SIDE = "compare.side"  # of one map that moves: the space that is shown
COMPARE_PANEL = "compare.panel"

# the Runs page
RUNS_WORDS = "runs.words"
RUNS_FILTERS = {name: f"runs.filter.{name}" for name in ("states", "data", "losses", "rules", "tags")}
RUNS_SORT = "runs.sort"
RUNS_FALLING = "runs.falling"
RUNS_TREE = "runs.tree"
RUNS_STUDIES = "runs.studies"  # whether the cells of studies are listed too
RUNS_COLUMNS = "runs.columns"
RUNS_CURVE = "runs.curve"
RUNS_PAGE = "runs.page"
RUNS_CHOSEN = "runs.chosen"  # ids of the selected runs, those out of sight too
RUNS_CLEARED = "runs.cleared"  # counts how often the selection was cleared
RUNS_CHANGED = "runs.changed"  # whether the whole page is to be drawn again
RUNS_WHOLE = "runs.whole"  # whether the whole page is being drawn
RUNS_EVERY = "runs.every"  # seconds between two redraws, as wanted
RUNS_TIMER = "runs.timer"  # as set
RUNS_READ = "runs.read"  # {run: name and note as they stood when the fields were filled}
RUNS_ONLY_CHANGED = "runs.only_changed"
RUNS_ERROR = "runs.error"

# the Study page
STUDY = "study.name"
STUDY_PANEL = "study.panel"
STUDY_METRICS = "study.metrics"
STUDY_INTERVAL = "study.interval"  # what intervals are about
STUDY_GAINS = "study.gains"  # whether tables have columns of gains
STUDY_METRIC = "study.metric"  # of the charts
STUDY_CELLS = "study.cells"  # which cells are listed
STUDY_ERROR = "study.error"

# the set-up form; its fields: setting()
SETUP_FOR = "setup/for"  # the preset that the fields were filled from
SETUP_LOSS = "setup/loss"  # the loss that the fields of the loss were filled from
SETUP_LIKE = "setup/like"  # the run that the next one is to be like (Like); None: the form starts from the preset
SETUP_LEFT = "setup/left"  # the changes made under the previous preset: its name, {path: value}

# "Which is better here?"
WHICH_METHODS = "which.methods"
WHICH_SEEDS = "which.seeds"
WHICH_MINUTES = "which.minutes"
WHICH_TUNE = "which.tune"
WHICH_TIME = "which.time"  # whether a short piece is to be trained, to see how long it takes
WHICH_TIMES = "which.times"  # {settings and method: TrainingTime} measured in this session
WHICH_STUDY = "which.study"  # name of the study that is shown; empty: the form
WHICH_SEEN = "which.seen"  # whether it was under way and computed when the whole page was drawn last
WHICH_METRIC = "which.metric"
WHICH_PAIR = ("which.first", "which.second")  # the methods whose spaces are compared
WHICH_ERROR = "which.error"

# the Data page
DATA_SOURCE = "data.source"
DATA_FOLLOWED = "data.followed"  # the choice that was made for the run in view
DATA_PATH = "data.path"
DATA_VIEW = "data.view"
DATA_LABELS = "data.labels"
DATA_SPLIT = "data.split"
DATA_PAGE = "data.page"
DATA_SAMPLER_SIZE = "data.sampler.size"
DATA_SAMPLER_RULE = "data.sampler.rule"
DATA_SAMPLER_LEAST = "data.sampler.least"
DATA_ERROR = "data.error"
DATA_TOLD = "data.told"  # the options told about files by their paths
DATA_NEXT = "data.next"  # the choice for the next rerun of the page

# the Learn page
LESSON = "learn.lesson"
CARD = "learn.card"
PRESENT = "learn.present"
BEFORE = "learn.before"  # run, step, anchor and settings before the lesson
ASIDE = "learn.aside"  # those of an open lesson while another page is shown
LESSON_PLACE = "learn.place"  # the run and the step set by the card
LESSON_SHOWN = "learn.shown"  # the settings at the card's first drawing
LESSON_VIEW = "learn.view"  # the anchor, map and colours set by the card
PROGRESS = "learn.progress"  # guesses, revealed answers and lessons that were done (Progress)
LESSON_MENDED = "learn.mended"  # what was restored of the recorded runs
KEEP = "keep"  # what this session knows of its browser's storage (components/keep.py)

# the quiz on the Learn page
QUIZ = "quiz.view"  # before, after, or answers: the class's
QUIZ_OPEN = "quiz.open"  # {before or after: the Opened quiz}
QUIZ_DONE = "quiz.handed_in"  # {before or after: the attempt that was handed in}
QUIZ_COUNT = "quiz.count"  # attempts handed in by this session
QUIZ_NAME = "quiz.name"  # the field of the pseudonym
QUIZ_OWN = "quiz.own"  # what the browser keeps of it
QUIZ_ERROR = "quiz.error"
QUIZ_LOST = "quiz.lost"  # {before or after: why the attempt could not be kept}

# the dialog "Bring your own data"
UPLOAD_ASKED = "upload.asked"  # whether another page asked for the dialog
UPLOAD_ROUND = "upload.round"  # counts openings: widgets are new each time
UPLOAD_TAKEN = "upload.taken"  # id of the dropped file whose bytes were copied
UPLOAD_TOLD = "upload.told"  # the options by which it is read (Told)
UPLOAD_BEGIN = "upload.begin"  # options with which the next file begins
UPLOAD_CHANGE = "upload.change"  # whether the columns are being changed
UPLOAD_KEPT = "upload.kept"  # the name under which it was saved
UPLOAD_ERROR = "upload.error"
UPLOAD_BESIDE = "upload.beside"  # where the answers were saved

# the Relations page
RELATIONS_BATCH = "relations.batch"  # the HandBatch under edit
RELATIONS_MADE_FROM = "relations.made_from"  # the choices that it was made from
RELATIONS_EDIT = "relations.edit"  # number of the last edit in it
RELATIONS_MADE = "relations.made"  # counts the batches of this session
RELATIONS_SEED = "relations.seed"  # of the random batch, or of the choice of watched items
RELATIONS_DRAW = "relations.draw"  # seed of the made-up embeddings
RELATIONS_COMPONENT = "relations.matrices"
RELATIONS_SOURCE = "relations.source"
RELATIONS_EXAMPLE = "relations.example"
RELATIONS_ITEMS = "relations.items"
RELATIONS_READINESS = "relations.readiness"
RELATIONS_RULE = {"A": "relations.rule_a", "B": "relations.rule_b"}
RELATIONS_FIRST = {"A": "similarity_dissimilarity", "B": "any_shared"}  # the rules of a new session
RELATIONS_PLACEMENT = "relations.placement"
RELATIONS_NORMALISE = "relations.normalise"
RELATIONS_TEMPERATURE = "relations.temperature"

# what was replaced there; not with the settings that lessons keep and set
UNDO_STEPS = "undo.steps"  # what can be brought back, the newest last
UNDO_DECLINED = "undo.declined"  # the choices that are not to replace the edited batch
UNDO_AGREED = "undo.agreed"  # the choices that may replace it
UNDO_ASKS = "undo.asks"  # whether the lesson below the matrices waits for an answer
UNDO_WHOLE = "undo.whole"  # whether fields outside the matrices' part were set


def setting(path: str) -> str:
    """Key of the set-up widget of one configuration path."""
    return f"setup.{path}"


def shown_on_map(what: str) -> str:
    """Key of the switch of one thing that the map shows besides its points."""
    return f"view.{what}"


def get(key: str, default: object = None) -> object:
    """Value of a key; ``default`` where it is missing or None."""
    value = st.session_state.get(key)
    return default if value is None else value
