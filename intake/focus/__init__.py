"""FOCUS: the bills of clouds and software vendors, as the FinOps foundation has them written."""
