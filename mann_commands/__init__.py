"""The commands of `mann`: each module reads its flags and makes one call of the library."""
