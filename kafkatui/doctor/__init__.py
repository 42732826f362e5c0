"""Why a cluster can not be reached, step by step, and what about it should be better. It only reads."""
