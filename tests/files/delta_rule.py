# XOR with the delta rule. The error is target minus guess, so the steps are added.
import numpy as np

def nonlin(x, deriv=False):
    if deriv:
        return x * (1 - x)
    return 1 / (1 + np.exp(-x))

inputs = np.array([[0, 0, 1],
                   [0, 1, 1],
                   [1, 0, 1],
                   [1, 1, 1]])
targets = np.array([[0, 1, 1, 0]]).T

np.random.seed(7)
weights0 = 2 * np.random.random((3, 4)) - 1
weights1 = 2 * np.random.random((4, 1)) - 1

for j in range(60000):
    layer0 = inputs
    layer1 = nonlin(np.dot(layer0, weights0))
    layer2 = nonlin(np.dot(layer1, weights1))

    layer2_error = targets - layer2
    if j % 10000 == 0:
        print("Error:" + str(np.mean(np.abs(layer2_error))))
    layer2_delta = layer2_error * nonlin(layer2, deriv=True)

    layer1_error = layer2_delta.dot(weights1.T)
    layer1_delta = layer1_error * nonlin(layer1, deriv=True)

    weights1 += layer1.T.dot(layer2_delta)
    weights0 += layer0.T.dot(layer1_delta)
