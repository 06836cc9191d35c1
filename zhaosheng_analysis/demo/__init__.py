"""How the demo districts are drawn, peopled and spoilt: the parts behind `townscape` and `synthetic`."""
