"""The analyzer that needs no model and no network: rules over the words of the call."""
