"""What emitted programs import: the executor, the engines, stores, tools. Nothing of the compiler."""
