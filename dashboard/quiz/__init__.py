"""The quiz before and after the lessons: questions, kept answers, their summary, their export."""
