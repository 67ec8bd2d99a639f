//! Criterion benches lie in `benches/`, measurements of the whole product in `figures.py`.
