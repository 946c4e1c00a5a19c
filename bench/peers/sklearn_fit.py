"""Times training by partial_fit, or predict_proba, of scikit-learn's networks; peer.py lists the arguments."""

import numpy
from sklearn.neural_network import MLPClassifier, MLPRegressor

import peer

STEPS = 16  # batches in a call of partial_fit, which is one pass over its samples

work = peer.workload()
random = numpy.random.default_rng(1)
samples = work.batch * (STEPS if work.trains else 1)
x = random.uniform(-1, 1, (samples, work.widths[0])).astype(numpy.float32)
settings = {
    "hidden_layer_sizes": work.widths[1:-1],
    "activation": work.activation,
    "solver": "sgd",
    "momentum": 0,
    "nesterovs_momentum": False,
    "alpha": 0,
    "learning_rate_init": 0.001,
    "batch_size": min(work.batch, samples),
}

if work.mse:
    network = MLPRegressor(**settings)
    y = random.uniform(-1, 1, samples).astype(numpy.float32)
    fit = lambda: network.partial_fit(x, y)
else:
    network = MLPClassifier(**settings)
    y = random.integers(work.widths[-1], size=samples)
    fit = lambda: network.partial_fit(x, y, classes=range(work.widths[-1]))

if work.trains:
    peer.report("sklearn", work, fit, STEPS)
else:
    fit()
    peer.report("sklearn", work, lambda: network.predict_proba(x))
