"""Runs beyond one machine's defaults, one module each: `python -m benchmarks.beyond.NAME`.

They need DATABASE_URL (a server on which databases may be made) and REDIS_URL, take a minute or a
few, check what they did by what the database says, and keep it in `results/beyond_NAME.json`.
"""
