# Two sigmoid neurons in a row, their gradients derived by hand. One line is wrong.
import math

x, target = 0.5, 1.0
w1, b1, w2, b2 = 0.3, 0.1, -0.4, 0.2
rate = 0.5


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


for step in range(1000):
    h = sigmoid(w1 * x + b1)
    y = sigmoid(w2 * h + b2)
    loss = 0.5 * (y - target) ** 2

    dL_dy = y - target
    dL_dw2 = dL_dy * y * (1 - y) * h
    dL_db2 = dL_dy * y * (1 - y)
    dL_dh = dL_dy * y * (1 - y) * w2
    dL_dw1 = dL_dh * x
    dL_db1 = dL_dh * h * (1 - h)

    w1 = w1 - rate * dL_dw1
    b1 = b1 - rate * dL_db1
    w2 = w2 - rate * dL_dw2
    b2 = b2 - rate * dL_db2
