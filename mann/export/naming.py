"""Names the output and the axes of an exported model, where its converter invents names."""


def name_parts(path, format, inputs, output):
    """Gives the written arrays the names of their output and of their axes of any length.

    Args:
        path: path of what was written.
        format: one of `mann_config.exporting.FORMATS`; others than these two keep the names.
        inputs: list of arrays, each with a name and a shape.
        output: the array of the answer.
    """
    if format == "onnx":
        _name_onnx(path, inputs, output)
    elif format == "openvino":
        _name_openvino(path, output)


def _name_onnx(path, inputs, output):
    import onnx

    model = onnx.load(path)
    graph = model.graph
    old = graph.output[0].name
    graph.output[0].name = output.name
    for node in graph.node:
        for names in (node.input, node.output):
            names[:] = [output.name if name == old else name for name in names]
    shapes = {array.name: array.shape for array in [*inputs, output]}
    for value in [*graph.input, *graph.output]:
        for dimension, size in zip(
            value.type.tensor_type.shape.dim, shapes[value.name], strict=True
        ):
            if isinstance(size, str):
                dimension.dim_param = size
    onnx.save(model, path)


def _name_openvino(path, output):
    import openvino

    model = openvino.Core().read_model(path)
    model.output(0).tensor.set_names({output.name})
    renamed = path.with_name("renamed.xml")
    openvino.serialize(model, renamed)
    # The old weights are still mapped into memory; a new file takes their name.
    for file in (renamed, renamed.with_suffix(".bin")):
        file.replace(path.with_suffix(file.suffix))
