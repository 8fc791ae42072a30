"""Training. The one room that knows PyTorch."""
