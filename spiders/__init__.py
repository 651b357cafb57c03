"""Source -> Page. Scrapy lives here and nowhere else.

The spiders know neither the store nor what becomes of what they bring: work comes from a *hub* and goes back to it.
"""
