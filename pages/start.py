from dashboard.parts.start.page import show_start

show_start()
