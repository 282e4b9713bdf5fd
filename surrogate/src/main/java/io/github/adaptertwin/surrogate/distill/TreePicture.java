package io.github.adaptertwin.surrogate.distill;

import io.github.adaptertwin.surrogate.tree.RegressionTree;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * Draws a tree as SVG, root on the left: each inner node asks its question, the branch above is
 * taken for yes, leaves say what is predicted. The same tree gives the same bytes.
 */
public final class TreePicture {
  private static final int LEAF_HEIGHT = 22;
  private static final int LEVEL_WIDTH = 300;
  private static final int MARGIN = 16;
  private static final int LEAF_TEXT = 90;

  private final RegressionTree tree;
  private final DoubleFunction<String> words;
  private final StringBuilder svg = new StringBuilder();
  private int nextLeafY = MARGIN + LEAF_HEIGHT + MARGIN;

  private TreePicture(RegressionTree tree, DoubleFunction<String> words) {
    this.tree = tree;
    this.words = words;
  }

  /**
   * Draws.
   *
   * @param tree the tree
   * @param title stands above it
   * @param words tells a leaf's value
   * @return a self-contained SVG document
   */
  public static String svg(RegressionTree tree, String title, DoubleFunction<String> words) {
    return new TreePicture(tree, words).draw(title);
  }

  private String draw(String title) {
    int width = 2 * MARGIN + tree.depth() * LEVEL_WIDTH + LEAF_TEXT;
    int height = 3 * MARGIN + LEAF_HEIGHT * (tree.leaves() + 1);
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"11\">%n"
                + "<title>%s</title>%n<rect width=\"%d\" height=\"%d\" fill=\"white\"/>%n"
                + "<text x=\"%d\" y=\"%d\" font-size=\"14\">%s</text>%n",
            width,
            height,
            escape(title),
            width,
            height,
            MARGIN,
            MARGIN + 8,
            escape(title)));
    node(0, 0);
    return svg.append("</svg>\n").toString().replace("\r\n", "\n");
  }

  /** Draws a node's subtree; returns its height on the page. */
  private double node(int node, int depth) {
    int x = MARGIN + depth * LEVEL_WIDTH;
    if (tree.isLeaf(node)) {
      int y = nextLeafY;
      nextLeafY += LEAF_HEIGHT;
      text(x, y + 4, "#1f6fb4", words.apply(tree.value(node)));
      return y;
    }
    double yes = node(tree.left(node), depth + 1);
    double no = node(tree.right(node), depth + 1);
    double y = (yes + no) / 2;
    String question =
        String.format(
            Locale.ROOT,
            "%s \u2264 %.4g",
            tree.features().get(tree.feature(node)),
            tree.threshold(node));
    text(x, y + 4, "black", question);
    branch(x, y, yes, "#2a9d55");
    branch(x, y, no, "#c0504d");
    return y;
  }

  private void branch(int x, double from, double to, String colour) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<path fill=\"none\" stroke=\"%s\" d=\"M%d %.1fC%d %.1f %d %.1f %d %.1f\"/>%n",
            colour,
            x + LEVEL_WIDTH - 50,
            from,
            x + LEVEL_WIDTH - 25,
            from,
            x + LEVEL_WIDTH - 30,
            to,
            x + LEVEL_WIDTH - 5,
            to));
  }

  private void text(int x, double y, String colour, String words) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%s</text>%n",
            x,
            y,
            colour,
            escape(words)));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
