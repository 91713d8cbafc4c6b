int main_placeholder_marathon = 0;
