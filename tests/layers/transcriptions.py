"""The equations of the papers in NumPy, one sequence and one slot at a time, in float64."""

import numpy as np
from transcribed_addressing import by_content, cosine, focus, power, sigmoid, softmax, softplus


def empty(cell, weights):
    """Returns the states of an empty memory, by name, the memory as `(slots, width)`."""
    states = {name: np.zeros(shape) for name, shape in cell.state_shapes.items()}
    states["memory"] = np.zeros(cell.state_shapes["memory"][::-1])
    memory = type(cell).__name__.removesuffix("Cell")
    if memory in ("LRUA", "NTM"):
        states["memory"][:] = 1e-6
        for name in {"read_weights", "write_weights"} & set(states):
            states[name][:, 0] = 1
    if memory == "LRUA":
        states["usage"][0] = 1
    if memory == "SAM":
        states["read_weights"][:, 0] = 1
        states["ages"][1:] = 1
    if "memory_at_start" in weights:
        states["memory"] = weights["memory_at_start"].T
    return states


def run(cell, weights, inputs, start, used=None):
    """Yields the states after each step, by name, with what a trace shows beside them.

    Args:
        cell: a cell, for its sizes and options.
        weights: dict of the cell's weights, by name.
        inputs: array of shape `(time, features)`.
        start: dict of states, as `empty` returns them.
        used: for each step, what the DNC takes for the write weights of the step before when it
            computes the usage. `None` for just those.
    """
    steps = {
        "LRUACell": lrua,
        "NTMCell": ntm,
        "DNCCell": dnc,
        "SAMCell": sam,
        "FastWeightsCell": fast_weights,
    }
    step = steps[type(cell).__name__]
    prev = start
    for time, x in enumerate(inputs.astype("float64")):
        hidden, reads = np.split(prev["output"], [cell.units])
        gates, carry = x @ weights["kernel"] + weights["bias"], {}
        if cell.controller == "lstm":
            fed_back = hidden if step is fast_weights else np.concatenate([hidden, reads])
            gates = gates + fed_back @ weights["recurrent_kernel"]
            i, f, g, o = np.split(gates, 4)
            carry = {"carry": sigmoid(f) * prev["carry"] + sigmoid(i) * np.tanh(g)}
            hidden = sigmoid(o) * np.tanh(carry["carry"])
        else:
            fed_back = reads[:0] if step is fast_weights else reads
            hidden = np.tanh(gates + fed_back @ weights["recurrent_kernel"])
        raw = hidden @ weights["interface_kernel"] + weights["interface_bias"]
        if cell.input_to_interface:
            raw = raw + x @ weights["input_interface_kernel"]
        sizes = cell.interface_sizes()
        parts = np.split(raw, np.cumsum(list(sizes.values()))[:-1])
        if used is not None:
            prev = {**prev, "write_weights_for_usage": used[time]}
        after = step(cell, dict(zip(sizes, parts, strict=True)), prev)
        if step is fast_weights:
            reads = after.pop("reads")
        else:
            reads = after["read_weights"] @ after.pop("memory_read")
        prev = {**after, **carry, "output": np.concatenate([hidden, reads.ravel()])}
        yield prev


def words_of(part, cell):
    return part.reshape(-1, cell.word_size)


def lrua(cell, part, prev):
    heads, slots, paper = cell.num_read_heads, cell.memory_size, cell.variant == "paper"
    keys, gates = np.tanh(words_of(part["keys"], cell)), sigmoid(part["write_gates"])
    if cell.addressing == "hard":
        gates = np.round(gates)
    words, strengths = keys, np.ones(heads)
    if not paper:
        words = np.tanh(words_of(part["words"], cell))
        strengths = 1 + softplus(part["strengths"] + 2)
    lowest = np.argsort(prev["usage"], kind="stable")[:heads]
    memory = prev["memory"].copy()
    memory[lowest[0]] = 0
    write_weights = np.zeros((heads, slots))
    for h in range(heads):
        least_used = np.zeros(slots)
        least_used[lowest if paper else lowest[h]] = 1
        write_weights[h] = gates[h] * prev["read_weights"][h] + (1 - gates[h]) * least_used
        memory += np.outer(write_weights[h], words[h])
    read_weights = [by_content(k, memory, b) for k, b in zip(keys, strengths, strict=True)]
    read_weights = np.array([focus(cell, weights) for weights in read_weights])
    decay = 0.99 if paper else 0.95
    return {
        "memory": memory,
        "memory_read": memory,
        "read_weights": read_weights,
        "write_weights": write_weights,
        "usage": decay * prev["usage"] + read_weights.sum(0) + write_weights.sum(0),
    }


def ntm(cell, part, prev):
    slots, furthest = cell.memory_size, cell.shift_range
    prev_weights = np.concatenate([prev["read_weights"], prev["write_weights"]])
    keys, gates = np.tanh(words_of(part["keys"], cell)), sigmoid(part["gates"] - 2)
    strengths = softplus(part["strengths"])
    sharpenings = cell.min_sharpening + softplus(part["sharpenings"])
    shifts = np.array([softmax(s) for s in part["shifts"].reshape(-1, 2 * furthest + 1)])
    weights = np.zeros_like(prev_weights)
    for h in range(len(weights)):
        gated = gates[h] * by_content(keys[h], prev["memory"], strengths[h])
        gated += (1 - gates[h]) * prev_weights[h]
        shifted = np.zeros(slots)
        for i in range(slots):
            for j in range(slots):
                move = (i - j + furthest) % slots
                if move <= 2 * furthest:
                    shifted[i] += gated[j] * shifts[h, move]
        weights[h] = focus(cell, power(shifted, sharpenings[h]))
    read_weights, write_weights = np.split(weights, [cell.num_read_heads])
    memory = prev["memory"].copy()
    erase, words = sigmoid(words_of(part["erase"], cell)), np.tanh(words_of(part["words"], cell))
    for w, e in zip(write_weights, erase, strict=True):
        memory *= 1 - np.outer(w, e)
    for w, a in zip(write_weights, words, strict=True):
        memory += np.outer(w, a)
    return {
        "memory": memory,
        "memory_read": prev["memory"],
        "read_weights": read_weights,
        "write_weights": write_weights,
        "gates": gates,
        "shifts": shifts,
    }


def allocate(usage):
    # A slot of no usage counts as 1e-6 in use.
    usage = (1 - 1e-6) * usage + 1e-6
    allocated, product = np.zeros(len(usage)), 1.0
    for slot in np.argsort(usage, kind="stable"):
        allocated[slot] = (1 - usage[slot]) * product
        product *= usage[slot]
    return allocated


def dnc(cell, part, prev):
    reads, writes, slots = cell.num_read_heads, cell.num_write_heads, cell.memory_size
    free_gates, allocation_gates, write_gates = (
        sigmoid(part[name]) for name in ("free_gates", "allocation_gates", "write_gates")
    )
    retained = np.ones(slots)
    for f, w in zip(free_gates, prev["read_weights"], strict=True):
        retained *= 1 - f * w
    unwritten = np.ones(slots)
    for w in prev.get("write_weights_for_usage", prev["write_weights"]):
        unwritten *= 1 - w
    written = 1 - unwritten
    usage = (prev["usage"] + written - prev["usage"] * written) * retained

    def content(head, kind, memory):
        mask = 1
        if "masked_keys" in cell.refinements:
            mask = 0.1 + 0.9 * sigmoid(words_of(part[f"{kind}_masks"], cell)[head])
        strength = 1 + softplus(part[f"{kind}_strengths"][head])
        return by_content(words_of(part[f"{kind}_keys"], cell)[head], memory, strength, mask)

    allocation, write_weights = np.zeros((writes, slots)), np.zeros((writes, slots))
    usage_so_far = usage
    for h in range(writes):
        allocation[h] = allocate(usage_so_far)
        ga, gw = allocation_gates[h], write_gates[h]
        usage_so_far = usage_so_far + (1 - usage_so_far) * ga * gw * allocation[h]
        place = ga * allocation[h] + (1 - ga) * content(h, "write", prev["memory"])
        write_weights[h] = gw * focus(cell, place)
    memory = prev["memory"].copy()
    if "deallocation" in cell.refinements:
        memory *= retained[:, None]
    for w, e in zip(write_weights, sigmoid(words_of(part["erase"], cell)), strict=True):
        memory *= 1 - np.outer(w, e)
    for w, v in zip(write_weights, words_of(part["words"], cell), strict=True):
        memory += np.outer(w, v)
    after = {
        "memory": memory,
        "memory_read": memory,
        "read_weights": np.array([content(h, "read", memory) for h in range(reads)]),
        "write_weights": write_weights,
        "usage": usage,
        "allocation": allocation,
        "allocation_gates": allocation_gates,
        "write_gates": write_gates,
        "free_gates": free_gates,
    }
    if cell.links:
        after |= follow_links(cell, part, prev, after)
    after["read_weights"] = np.array([focus(cell, w) for w in after["read_weights"]])
    return after


def follow_links(cell, part, prev, after):
    reads, writes, slots = cell.num_read_heads, cell.num_write_heads, cell.memory_size
    link, precedence = np.zeros((writes, slots, slots)), np.zeros((writes, slots))
    prev_link = prev["link"].reshape(link.shape)
    for h, w in enumerate(after["write_weights"]):
        for i, j in np.ndindex(slots, slots):
            if i != j:
                link[h, i, j] = (1 - w[i] - w[j]) * prev_link[h, i, j]
                link[h, i, j] += w[i] * prev["precedence"][h, j]
        precedence[h] = (1 - w.sum()) * prev["precedence"][h] + w
    modes = np.array([softmax(m) for m in part["read_modes"].reshape(reads, -1)])
    read_weights = np.zeros((reads, slots))
    for r in range(reads):
        back = [link[h].T @ prev["read_weights"][r] for h in range(writes)]
        forward = [link[h] @ prev["read_weights"][r] for h in range(writes)]
        if "sharp_links" in cell.refinements:
            strengths = 1 + softplus(part["link_strengths"].reshape(reads, -1)[r])
            back = [power(w, s) for w, s in zip(back, strengths[:writes], strict=True)]
            forward = [power(w, s) for w, s in zip(forward, strengths[writes:], strict=True)]
        candidates = [*back, after["read_weights"][r], *forward]
        read_weights[r] = sum(m * w for m, w in zip(modes[r], candidates, strict=True))
    return {
        "link": link,
        "precedence": precedence,
        "read_modes": modes,
        "read_weights": read_weights,
    }


def sam(cell, part, prev):
    """`prev` may have the slots to read, `nearest`, and those to write to, `oldest`, by head."""
    heads, slots = cell.num_read_heads, cell.memory_size
    keys, words = np.tanh(words_of(part["keys"], cell)), np.tanh(words_of(part["words"], cell))
    strengths = 1 + softplus(part["strengths"] + 2)
    write_gates, allocation_gates = sigmoid(part["write_gates"]), sigmoid(part["allocation_gates"])
    if cell.addressing == "hard":
        write_gates, allocation_gates = np.round(write_gates), np.round(allocation_gates)
    oldest = prev.get("oldest", np.argsort(-prev["ages"], kind="stable")[:heads])
    memory = prev["memory"].copy()
    memory[oldest] = 0
    write_weights, read_weights = np.zeros((heads, slots)), np.zeros((heads, slots))
    for h, slot in enumerate(oldest):
        place = allocation_gates[h] * np.eye(slots)[slot]
        place += (1 - allocation_gates[h]) * prev["read_weights"][h]
        write_weights[h] = write_gates[h] * place
        memory += np.outer(write_weights[h], words[h])
    for h, (key, strength) in enumerate(zip(keys, strengths, strict=True)):
        similarities = strength * np.array([cosine(key, row) for row in memory])
        chosen = np.argsort(-similarities, kind="stable")[: cell.num_neighbors]
        if "nearest" in prev:
            chosen = prev["nearest"][h]
        read_weights[h, chosen] = softmax(similarities[chosen])
        read_weights[h] = focus(cell, read_weights[h])
    accessed = read_weights.sum(0) + write_weights.sum(0) > 0.005
    return {
        "memory": memory,
        "memory_read": memory,
        "read_weights": read_weights,
        "write_weights": write_weights,
        "ages": np.where(accessed, 0, prev["ages"] + 1),
    }


def fast_weights(cell, part, prev):
    def unit(vector):
        return vector / np.sqrt(vector @ vector + 1e-6)

    def vectors(name, size):
        return [unit(vector) for vector in np.tanh(part[name]).reshape(-1, size)]

    first, second = vectors("entities", cell.word_size)
    now, before, back = vectors("relations", cell.relation_size)
    memory = prev["memory"]

    def recall(memory, entity, relation):
        return sum(
            entity[i] * relation[j] * memory[i * cell.relation_size + j]
            for i in range(cell.word_size)
            for j in range(cell.relation_size)
        )

    told = recall(memory, first, now)
    writes = [(first, now, second), (first, before, told), (second, back, first)]
    after, strengths = memory, sigmoid(part["strengths"])
    for (entity, relation, target), strength in zip(writes, strengths, strict=True):
        key = np.outer(entity, relation).ravel()
        after = after + strength * np.outer(key, target - recall(memory, entity, relation))
    (entity,), reads = vectors("start", cell.word_size), []
    for relation in vectors("links", cell.relation_size):
        read = recall(after, entity, relation)
        entity = unit(read - read.mean())
        reads.append(entity * np.sqrt(cell.word_size))
    return {"memory": after, "strengths": strengths, "reads": np.array(reads)}
