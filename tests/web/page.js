// The web client as its user meets it.

export const compose = page => page.getByRole('textbox', {name: 'Message'});
export const chatRow = (page, title) => page.getByRole('navigation').getByRole('link').filter({hasText: title});
export const message = (page, text) => page.getByRole('article').filter({hasText: text}).first();

export async function openChat(page, title) {
  await chatRow(page, title).click();
  await compose(page).waitFor();
}

export async function send(page, text) {
  await compose(page).fill(text);
  await compose(page).press('Enter');
}

/** What stands in the messages, from top to bottom. */
export const texts = page => page.locator('article .text').allTextContents();

/**
 * Presses a button of the bar that a message under the pointer has. Not by its place: what others do meanwhile may move the
 * messages under the pointer.
 */
export async function toolbar(page, text, name) {
  await page.mouse.move(0, 0);
  await message(page, text).locator('.bubble').hover();
  await page.getByRole('toolbar').getByRole('button', {name}).dispatchEvent('click');
}
