"""The four classic faults as plans of `interlock race`, for `racy_server.py`."""

PLANS = {
    "a limit of ten that becomes eleven": {
        "model": "set", "capacity": 10, "clients": 8, "calls": 3, "rounds": 4, "elements": 100, "refusals": [{"text": "no place"}],
        "operations": [{"does": "add", "tool": "register", "arguments": {"id": "$element"}}]},
    "a counter that loses an update": {
        "model": "counter", "clients": 6, "calls": 3, "rounds": 4, "operations": [{"does": "add", "tool": "add"}]},
    "money that appears": {
        "model": "bank", "clients": 4, "calls": 3, "rounds": 4, "maximumAmount": 60, "accounts": {"a-$round": 100, "b-$round": 100, "c-$round": 100},
        "prepare": [{"tool": "open_accounts", "arguments": {"round": "$round"}}], "refusals": [{"text": "not enough"}],
        "operations": [
            {"does": "transfer", "tool": "transfer", "arguments": {"source": "$from", "target": "$to", "amount": "$amount"}, "weight": 2},
            {"does": "balance", "tool": "balance", "arguments": {"id": "$account"}}]},
    "a file created twice": {
        "model": "set", "clients": 6, "calls": 3, "rounds": 4, "elements": 4, "refusals": [{"text": "it is there already"}],
        "operations": [{"does": "add", "tool": "create_file", "arguments": {"id": "$element"}}]},
}
