// Links one library of the project, whole and alone: see README.md.
int main() { return 0; }
