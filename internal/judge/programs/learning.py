"""A classifier, as in the first chapter of a course on scikit-learn."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, confusion_matrix
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler


def load():
    data = load_iris()
    features = data.data
    labels = data.target
    names = list(data.target_names)
    return features, labels, names


def models():
    yield "logistic", make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    yield "forest", RandomForestClassifier(n_estimators=20, random_state=1)


def compare(features, labels):
    results = {}
    for name, model in models():
        scores = cross_val_score(model, features, labels, cv=3)
        results[name] = scores.mean()
    best = max(results, key=results.get)
    return best, results


def search(features, labels):
    pipeline = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression(max_iter=500))])
    grid = GridSearchCV(pipeline, {"model__C": [0.1, 1.0, 10.0]}, cv=3)
    grid.fit(features, labels)
    chosen = grid.best_params_
    score = grid.best_score_
    return grid.best_estimator_, chosen, score


def evaluate(model, features, labels):
    predicted = model.predict(features)
    accuracy = accuracy_score(labels, predicted)
    matrix = confusion_matrix(labels, predicted)
    wrong = np.flatnonzero(predicted != labels)
    for index in wrong:
        probabilities = model.predict_proba(features[index : index + 1])[0]
        surest = probabilities.max()
        print(index, surest)
    return accuracy, matrix


def main():
    features, labels, names = load()
    split = train_test_split(features, labels, random_state=0)
    train_x, test_x, train_y, test_y = split
    best, results = compare(train_x, train_y)
    model, chosen, score = search(train_x, train_y)
    accuracy, matrix = evaluate(model, test_x, test_y)
    scaler = StandardScaler().fit(train_x)
    means = scaler.mean_
    reducer = PCA(n_components=2)
    flat = reducer.fit_transform(features)
    explained = reducer.explained_variance_ratio_
    clusters = KMeans(n_clusters=3, n_init=2, random_state=0).fit(flat)
    inertia = clusters.inertia_
    centers = clusters.cluster_centers_
    encoder = ColumnTransformer([("one", OneHotEncoder(), [0])], remainder="passthrough")
    encoded = encoder.fit_transform([["a", 1], ["b", 2]])
    estimator = model.named_steps["model"]
    weights = estimator.coef_
    print(best, results, chosen, score, accuracy, matrix, names, means, explained, inertia, centers, encoded, weights.shape)


main()
