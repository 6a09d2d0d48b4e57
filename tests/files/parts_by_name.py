import numpy as np

def sigmoid(x): return 1 / (1 + np.exp(-x))
def sigmoid_d(x): return sigmoid(x) * (1 - sigmoid(x))

# one neuron, two inputs
first, second = 1.2, -0.4
target = 1.0
w1, w2, b = 0.3, 0.9, -0.2

z = w1 * first + w2 * second + b
pred = sigmoid(z)
L = (pred - target) ** 2

# the pieces of the chain
dL_dpred = 2 * (pred - target)
dpred_dz = sigmoid_d(z)
dz_dw1 = first
dz_dw2 = second
dz_db = 1

# and the chain
dL_dz = dL_dpred * dpred_dz
dL_dw1 = dL_dpred * dpred_dz * dz_dw1
dL_dw2 = dL_dpred * dpred_dz * dz_dw2
dL_db = dL_dpred * dpred_dz * dz_db

w1 -= 0.1 * dL_dw1
w2 -= 0.1 * dL_dw2
b -= 0.1 * dL_db
