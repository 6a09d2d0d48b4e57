# Two hidden ReLU neurons learn a table of 100 rows, one update a row.
import random

random.seed(4)
rows = []
for _ in range(100):
    size = random.uniform(-1, 1)
    age = random.uniform(-1, 1)
    rows.append((size, age, 1.5 * size - 0.5 * age + 0.2))


def relu(z):
    return z if z > 0 else 0.0


def relu_slope(z):
    return 1.0 if z > 0 else 0.0


w1, w2, w3, w4 = 0.4, -0.2, 0.1, 0.7
w5, w6 = 0.5, 0.9
b1, b2, b3 = 0.1, 0.1, 0.0
learning_rate = 0.01
epochs = 30

for epoch in range(epochs):
    total = 0.0
    for size, age, price in rows:
        z1 = w1 * size + w2 * age + b1
        z2 = w3 * size + w4 * age + b2
        h1 = relu(z1)
        h2 = relu(z2)
        out = w5 * h1 + w6 * h2 + b3
        loss = (out - price) ** 2
        total += loss

        dout = 2 * (out - price)
        dw5 = dout * h1
        dw6 = dout * h2
        db3 = dout
        dz1 = dout * w5 * relu_slope(z1)
        dz2 = dout * w6 * relu_slope(z2)
        dw1 = dz1 * size
        dw2 = dz1 * age
        db1 = dz1
        dw3 = dz2 * size
        dw4 = dz2 * age
        db2 = dz2

        w1 -= learning_rate * dw1
        w2 -= learning_rate * dw2
        w3 -= learning_rate * dw3
        w4 -= learning_rate * dw4
        w5 -= learning_rate * dw5
        w6 -= learning_rate * dw6
        b1 -= learning_rate * db1
        b2 -= learning_rate * db2
        b3 -= learning_rate * db3
    print(epoch, total / len(rows))
