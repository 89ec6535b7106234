"""How the site writes times, one package a language, as Django looks for them."""
