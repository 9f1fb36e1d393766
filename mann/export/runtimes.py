"""Runs exported models, each by the runtime of its format."""


def load(path, format):
    """Returns a function that answers with an exported model.

    Args:
        path: path of the file or folder.
        format: one of `mann_config.exporting.FORMATS`, whose runtime is installed.

    Returns:
        Function from arrays `support_images`, `support_labels` and `query_images` to the array of
        probabilities.
    """
    return _LOADERS[format](str(path))


def _load_onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(path)
    names = [value.name for value in session.get_inputs()]
    return lambda *arrays: session.run(None, dict(zip(names, arrays, strict=True)))[0]


def _load_saved_model(path):
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    return lambda *arrays: loaded.serve(*arrays)["probabilities"].numpy()


def _load_litert(path):
    from ai_edge_litert.interpreter import Interpreter

    answer = Interpreter(path).get_signature_runner()
    return lambda support, labels, queries: answer(
        support_images=support, support_labels=labels, query_images=queries
    )["probabilities"]


def _load_openvino(path):
    import openvino

    # Else it would round to half precision on a processor that has it.
    compiled = openvino.compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda *arrays: compiled(list(arrays))["probabilities"]


_LOADERS = {
    "onnx": _load_onnx,
    "tf_saved_model": _load_saved_model,
    "litert": _load_litert,
    "openvino": _load_openvino,
}
