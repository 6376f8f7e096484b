"""The chapters of the demo's story, in the order of the files that `demo/story.py` names."""
