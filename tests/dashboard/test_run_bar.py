"""What the run bar says: never more than the worker acknowledged."""

from dashboard.parts.frame.run_bar import progress_words, request_words
from mlcl_core.runs.records import Status


def test_a_request_is_shown_as_asked_until_it_is_acknowledged() -> None:
    """Requested, then acknowledged at a step; without a worker an unanswered request is not shown."""
    requests = [{"id": "a", "action": "pause"}]
    assert request_words(requests, [], alive=True) == "Pause requested …"
    assert request_words(requests, [], alive=False) == ""
    answer = {"event": "acknowledged", "request": "a", "action": "pause", "step": 1412}
    assert request_words(requests, [answer], alive=True) == "Pause acknowledged at step 1,412"
    assert request_words([], [], alive=True) == ""


def test_settings_are_named() -> None:
    """A change of a setting names it, and a refusal gives the reason."""
    requests = [{"id": "a", "action": "set", "settings": {"loss.temperature": 0.2}}]
    answer = {"request": "a", "step": 3, "result": "refused: too hot"}
    assert (
        request_words(requests, [answer], alive=True)
        == r"set temperature 0\.2 acknowledged at step 3: refused\: too hot"
    )


def test_what_waits_for_an_epoch_is_told() -> None:
    """An acknowledged batch size says from which epoch it holds, another rule what becomes of its parameters."""
    requests = [{"id": "a", "action": "set", "settings": {"training.batch_size": 64}}]
    answer = {"request": "a", "step": 3, "settings": {}, "from_epoch": 2, "notice": "jaccard begins anew."}
    said = request_words(requests, [answer], alive=True)
    assert said == r"set batch size 64 acknowledged at step 3, from epoch 2 on. jaccard begins anew\."


def test_progress_has_eta_and_heartbeat() -> None:
    """A running run says how long it takes and when it made its last step; a finished one what it took."""
    running = Status(state="running", step=412, total=1500, eta=100.0, loss=1.92, last_step=50.0)
    assert (
        progress_words(running, 50.2)
        == "**running** · step 412 of 1,500 · 1 min 40 s left · batch loss 1.920 · last step 0.2 s ago"
    )
    assert "took 12 s" in progress_words(Status(state="finished", step=3, total=3, seconds=12.0), 0.0)
    assert "getting ready" in progress_words(Status(state="running", phase="starting"), 0.0)
