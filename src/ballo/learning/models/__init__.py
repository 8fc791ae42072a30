"""The models, each with its generator and critic in one file."""
