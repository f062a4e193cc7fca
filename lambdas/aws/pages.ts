/** The items of all pages. */
export async function allPages<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly Item[] | undefined,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const page of pages) all.push(...(items(page) ?? []));
  return all;
}

/** How many items all pages have together. */
export const count = async <Page>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => readonly unknown[] | undefined,
): Promise<number> => (await allPages(pages, items)).length;

/**
 * The pages of a call for which the SDK has no paginator.
 * @param read one page; undefined asks for the first
 * @param next what asks for the page after this one; undefined where it is the last
 */
export async function* pagesOf<Page, Next>(
  read: (from: Next | undefined) => Promise<Page>,
  next: (page: Page) => Next | undefined,
): AsyncGenerator<Page> {
  let from: Next | undefined;
  do {
    const page = await read(from);
    yield page;
    from = next(page);
  } while (from !== undefined);
}
