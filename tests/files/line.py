X = [1, 2, 3, 4]
Y = [3, 5, 7, 9]
m = 0
b = 0
L = 0.01
epochs = 1000
n = len(X)
for i in range(epochs):
    loss = sum((y - (m*x + b))**2 for x, y in zip(X, Y)) / n
    D_m = (-2/n) * sum(x * (y - (m*x + b)) for x, y in zip(X, Y))
    D_b = (-2/n) * sum(y - (m*x + b) for x, y in zip(X, Y))
    m = m - L * D_m
    b = b - L * D_b
