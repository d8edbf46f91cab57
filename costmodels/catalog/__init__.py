"""Devices, models and prices as data: each row with its source and date."""
