"""The demo bill: a made-up company, its month of charges and the truth about who owns them."""
