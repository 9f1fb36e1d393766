"""How a trained model is measured, and how that is told and drawn."""
