# A line through points, the slow way.
hours = [1.0, 2.0, 3.5, 4.0, 5.5]
marks = [2.1, 3.9, 7.2, 8.1, 10.8]
N = float(len(hours))
m = 0.0
b = 0.0
learning_rate = 0.02


def mean_squared_error(m, b):
    total = 0.0
    for i in range(len(hours)):
        total += (marks[i] - (m * hours[i] + b)) ** 2
    return total / N


for epoch in range(1000):
    mse = mean_squared_error(m, b)
    D_m = 0.0
    D_b = 0.0
    for i in range(len(hours)):
        guess = m * hours[i] + b
        D_m += -(2 / N) * hours[i] * (marks[i] - guess)
        D_b += -(2 / N) * (marks[i] - guess)
    m = m - learning_rate * D_m
    b = b - learning_rate * D_b
    if epoch % 100 == 0:
        print("mse", mse, "m", m, "b", b)
