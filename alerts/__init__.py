"""Alerts: what a team is told, how it looks in each channel, and how it gets there.

    Alert --redact--> Alert --compose--> Message --render--> panel, blocks, mail or JSON --send--> Sent

`redact` strips what a channel must not see and everything that could deceive a reader; `compose` puts the rest into
words. A renderer only knows `Message`, so no channel can forget either. `deliver` turns every way in which sending can
end into a `Sent`.
"""
