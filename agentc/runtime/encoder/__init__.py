"""Sentence encoders: a BERT written as an ONNX program from its weights, run by ONNX Runtime."""
