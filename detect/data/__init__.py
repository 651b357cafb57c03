"""Data that detection reads: nations, places, words that are never names."""
