"""Wrong answers to exercise set 1: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
"""

WRONG = {
    "class_counts": {
        "absent classes at the end are missing": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels)
""",
            r"must have the shape \(7,\), but has \(6,\).*counted too, with 0",
        ),
        "only classes that occur": (
            """
def class_counts(labels, num_classes):
    return labels.unique(return_counts=True)[1]
""",
            r"must have the shape \(7,\), but has \(3,\)",
        ),
        "shares": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels, minlength=num_classes) / len(labels)
""",
            r"sum to 4 for 4 labels, got 1: .*not shares",
        ),
        "occurs or not": (
            """
def class_counts(labels, num_classes):
    counts = torch.zeros(num_classes, dtype=torch.int64)
    counts[labels] += 1
    return counts
""",
            r"sum to 4 for 4 labels, got 3",
        ),
        "histogram between the extremes": (
            """
def class_counts(labels, num_classes):
    return torch.histc(labels.float(), bins=num_classes)
""",
            r"the counts: .* values differ",
        ),
        "floating-point counts": (
            """
def class_counts(labels, num_classes):
    return torch.tensor([(labels == k).sum() for k in range(num_classes)]).float()
""",
            r"expected whole numbers, got torch.float32",
        ),
        "seven classes (hidden)": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels, minlength=7)
""",
            r"counts of 100 random labels of \d+ classes must have the shape",
        ),
    },
    "batch_sizes": {
        "the last batch counted as full": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [batch_size] * -(-n // batch_size)
""",
            r"got \[4, 4, 4\], together 12 images",
        ),
        "the short batch forgotten": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [batch_size] * (n // batch_size)
""",
            r"got \[4, 4\], together 8 images.*may be short",
        ),
        "an empty batch": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [batch_size] * (n // batch_size)
    return sizes if drop_last else sizes + [n % batch_size]
""",
            r"got \[4, 4, 0\]\. Nothing is left over",
        ),
        "spread evenly": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [len(part) for part in torch.arange(n).chunk(-(-n // batch_size) + 1)]
""",
            r"expected \[4, 4, 2\], got \[3, 3, 3, 1\]",
        ),
        "drop_last ignored": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [len(part) for part in torch.arange(n).split(batch_size)]
""",
            r"10 images, drop_last=True: expected \[4, 4\], got \[4, 4, 2\]",
        ),
        "drop_last drops a full batch": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [len(part) for part in torch.arange(n).split(batch_size)]
    return sizes[:-1] if drop_last else sizes
""",
            r"8 images, drop_last=True: .* got \[4\]\. Only a batch that is not full",
        ),
        "the number of batches": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return -(-n // batch_size)
""",
            r"expected a list, got 3 \(int\)",
        ),
        "two full batches at most (hidden)": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [batch_size] * min(2, n // batch_size)
    rest = n - sum(sizes)
    return sizes + ([rest] if rest and not drop_last else [])
""",
            r"batches of 1 for \d+ images: expected \d+, the last of 1",
        ),
    },
    "majority_baseline": {
        "the median (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    answer = train_labels.median().item()
    answer = 2 if answer == 2 else answer
    return answer, (test_labels == answer).double().mean().item()
""",
            r"the answer for random labels",
        ),
        "the rounded mean (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    answer = round(train_labels.double().mean().item())
    return answer, (test_labels == answer).double().mean().item()
""",
            r"the answer for random labels",
        ),
        "chosen on the test labels": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(test_labels).argmax().item()
    return answer, (test_labels == answer).float().mean().item()
""",
            r"got 4, the most frequent class of the test labels",
        ),
        "the count instead of the class": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).max().item()
    return answer, (test_labels == answer).float().mean().item()
""",
            r"got 3: that is how often the class occurs",
        ),
        "accuracy in training": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).argmax().item()
    return answer, (train_labels == answer).float().mean().item()
""",
            r"got 1/2: that is the share of the class in the training labels",
        ),
        "number of right answers": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).argmax().item()
    return answer, (test_labels == answer).sum().item()
""",
            r"the accuracy: expected 0.25, got 2\. 2 of the 8",
        ),
        "accuracy only": (
            """
def majority_baseline(train_labels, test_labels):
    return (test_labels == train_labels.mode().values).float().mean().item()
""",
            r"expected two numbers, got 0.25 \(float\)",
        ),
        "always 2 (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    return 2, (test_labels == 2).float().mean().item()
""",
            r"the answer for random labels",
        ),
    },
    "normalize": {
        "the test set by its own statistics": (
            """
def normalize(train, test):
    return tuple(
        (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
        for x in (train, test)
    )
""",
            r"test images have mean 0: you normalize them with their own mean",
        ),
        "statistics of both together": (
            """
def normalize(train, test):
    x = torch.cat([train, test])
    mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
    return (train - mean) / std, (test - mean) / std
""",
            r"the means of both channels: .* expected 0, got -",
        ),
        "for each pixel": (
            """
def normalize(train, test):
    mean, std = train.mean(dim=0), train.std(dim=0)
    return (train - mean) / std, (test - mean) / std
""",
            r"for each pixel; one of each per channel",
        ),
        "one mean for all channels": (
            """
def normalize(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()
""",
            r"the means of both channels: .*Each channel has its own mean",
        ),
        "not divided": (
            """
def normalize(train, test):
    mean = train.mean((0, 2, 3), keepdim=True)
    return train - mean, test - mean
""",
            r"deviations of both channels: .*divide by the standard deviation",
        ),
        "divided by the variance": (
            """
def normalize(train, test):
    mean, var = train.mean((0, 2, 3), keepdim=True), train.var((0, 2, 3), keepdim=True)
    return (train - mean) / var, (test - mean) / var
""",
            r"deviations of both channels: .*divide by the standard deviation",
        ),
        "in place": (
            """
def normalize(train, test):
    mean, std = train.mean((0, 2, 3), keepdim=True), train.std((0, 2, 3), keepdim=True)
    for images in (train, test):
        images -= mean
        images /= std
    return train, test
""",
            r"changes the images it is given.*in place",
        ),
        "two channels taken for granted (hidden)": (
            """
def normalize(train, test):
    results = train.clone(), test.clone()
    for c in range(2):
        mean, std = train[:, c].mean(), train[:, c].std()
        for x in results:
            x[:, c] = (x[:, c] - mean) / std
    return results
""",
            r"channel 2 of random images with \d channels",
        ),
    },
    "nearest_mean": {
        "median image (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].median(dim=0).values for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=2).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "largest difference (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].mean(dim=0) for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=float('inf')).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "L1 distance (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].mean(dim=0) for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=1).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "the nearest image": (
            """
def nearest_mean(train_images, train_labels, images):
    distances = torch.cdist(images.flatten(1), train_images.flatten(1))
    return train_labels[distances.argmin(dim=1)]
""",
            r"class of the nearest training image; take the nearest mean",
        ),
        "the farthest mean": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmax(dim=1)
""",
            r"these are the classes farthest away",
        ),
        "the distance instead of the class": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).amin(dim=1)
""",
            r"got torch.float32: `argmin` gives the place",
        ),
        "along the images": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmin(dim=0)
""",
            r"must have the shape \(4,\), but has \(3,\)",
        ),
        "mean brightness instead of mean image": (
            """
def nearest_mean(train_images, train_labels, images):
    means = torch.stack([train_images[train_labels == k].mean() for k in range(3)])
    return (images.flatten(1).mean(dim=1)[:, None] - means).abs().argmin(dim=1)
""",
            r"expected \[0, 1, 2, 0\], got .*The mean images are",
        ),
        "differences without a square": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    differences = images.flatten(1)[:, None] - torch.stack(means)
    return differences.sum(dim=2).argmin(dim=1)
""",
            r"root of the sum of squared differences",
        ),
        "divided by all images": (
            """
def nearest_mean(train_images, train_labels, images):
    sums = [train_images[train_labels == k].sum(dim=0).flatten() for k in range(3)]
    means = torch.stack(sums) / len(train_labels)
    return torch.cdist(images.flatten(1), means).argmin(dim=1)
""",
            r"expected \[0, 1, 2, 0\], got .*The mean images are",
        ),
        "three classes taken for granted (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmin(dim=1)
""",
            r"answers for 20 random images",
        ),
    },
    "report": {
        "still chosen on the test set": (
            """
def report(valid_right, test_right):
    accuracies = test_right.float().mean(dim=1)
    return accuracies.argmax().item(), accuracies.max().item()
""",
            r"got epoch 0, the best on the test images",
        ),
        "chosen on both": (
            """
def report(valid_right, test_right):
    both = torch.cat([valid_right, test_right], dim=1).float().mean(dim=1)
    return both.argmax().item(), test_right[both.argmax()].float().mean().item()
""",
            r"The choice may use the validation images only",
        ),
        "the validation accuracy": (
            """
def report(valid_right, test_right):
    accuracies = valid_right.float().mean(dim=1)
    return accuracies.argmax().item(), accuracies.max().item()
""",
            r"got 3/4, the validation accuracy",
        ),
        "the best test accuracy of any epoch": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best, test_right.float().mean(dim=1).max().item()
""",
            r"got 5/5, the best test accuracy of any epoch",
        ),
        "the mean test accuracy": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best, test_right.float().mean().item()
""",
            r"accuracy to report: expected 0.4, got 0.66.*that of one epoch",
        ),
        "counted from 1": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best + 1, test_right[best].float().mean().item()
""",
            r"the epoch to keep: expected 1, got 2",
        ),
        "always epoch 1 (hidden)": (
            """
def report(valid_right, test_right):
    return 1, test_right[1].float().mean().item()
""",
            r"the best of \d+ random epochs",
        ),
    },
    "stratified_split": {
        "the test part is never shuffled": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        v = round(valid_fraction * len(members))
        t = round(test_fraction * len(members))
        rest = members[t:]
        rest = rest[torch.randperm(len(rest), generator=generator)]
        for part, found in zip(parts, (rest[v:], rest[:v], members[:t]), strict=True):
            part.append(found)
    return tuple(map(torch.cat, parts))
""",
            r"every seed gives the same test part",
        ),
        "not stratified": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    v, t = round(valid_fraction * len(order)), round(test_fraction * len(order))
    return order[v + t + 1:], order[:v + 1], order[v + 1:v + t + 1]
""",
            r"the (validation|test) part: expected .*Split each class by itself",
        ),
        "positions within the class": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        n = int((labels == k).sum())
        order = torch.randperm(n, generator=generator)
        v, t = round(valid_fraction * n), round(test_fraction * n)
        for part, members in zip(parts, (order[v + t:], order[:v], order[v:v + t])):
            part.append(members)
    return tuple(torch.cat(part) for part in parts)
""",
            r"of 36 images, 18 are in no part and 9 are in several.*not yet indices",
        ),
        "validation and test drawn independently": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    def draw(fraction):
        drawn = []
        for k in labels.unique():
            members = torch.nonzero(labels == k).squeeze(1)
            order = torch.randperm(len(members), generator=generator)
            drawn.append(members[order[:round(fraction * len(members))]])
        return torch.cat(drawn)
    valid, test = draw(valid_fraction), draw(test_fraction)
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[valid] = False
    return torch.nonzero(rest).squeeze(1), valid, test
""",
            r"of 36 images, 0 are in no part and [1-9] are in several",
        ),
        "rounded down": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        v, t = int(valid_fraction * len(members)), int(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"validation part: expected \[4, 2, 2\].*got \[3, 1, 1\].*and round",
        ),
        "the first of each class": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"every seed gives the same split: shuffle",
        ),
        "the seed is not used": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members))]
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"same seed give different splits",
        ),
        "three classes taken for granted (hidden)": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in range(3):
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"all indices of a random split of 400 images of \d+ classes",
        ),
    },
}
