"""Session keys of the Relations page."""

BATCH = "relations.batch"  # the HandBatch under edit
MADE_FROM = "relations.made_from"  # the choices it was made from
EDIT = "relations.edit"  # number of the last edit in it
MADE = "relations.made"  # how many batches this session made
SEED = "relations.seed"  # of the random batch, or of which watched items
DRAW = "relations.draw"  # seed of the made-up embeddings
COMPONENT = "relations.matrices"

SOURCE, EXAMPLE, ITEMS, READINESS = "relations.source", "relations.example", "relations.items", "relations.readiness"
RULE = {"A": "relations.rule_a", "B": "relations.rule_b"}
PLACEMENT, NORMALISE, TEMPERATURE = "relations.placement", "relations.normalise", "relations.temperature"
