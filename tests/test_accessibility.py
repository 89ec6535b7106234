"""axe-core finds known violations. Without this test an empty list would prove nothing."""


def test_a_picture_without_words_and_a_button_without_a_name_are_found(page, axe):
    page.set_content('<html lang="en"><title>Page</title><main><h1>Page</h1><img src="x"><button></button></main>')
    assert {line.partition(":")[0] for line in axe(page)} == {"image-alt", "button-name"}
