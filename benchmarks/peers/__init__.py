"""What a user would pick instead of the Flink job; README.md says how the programs are run."""
